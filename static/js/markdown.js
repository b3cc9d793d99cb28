// A small toolbar above fields that take Markdown. Without script the fields are plain and work as well.
for (const bar of document.querySelectorAll("[data-toolbar-for]")) {
  const field = document.getElementById(bar.dataset.toolbarFor);
  if (!field) continue;
  const wrap = (before, after) => {
    const { selectionStart: start, selectionEnd: end, value } = field;
    field.setRangeText(before + value.slice(start, end) + after, start, end, "end");
    if (start === end) field.setSelectionRange(start + before.length, start + before.length); // nothing is chosen
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const list = () => {
    const start = field.value.slice(0, field.selectionStart).lastIndexOf("\n") + 1;
    const lines = field.value.slice(start, field.selectionEnd).split("\n").map((line) => `- ${line}`);
    field.setRangeText(lines.join("\n"), start, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const actions = { bold: () => wrap("**", "**"), italic: () => wrap("*", "*"), list, link: () => wrap("[", "](https://)") };
  for (const [name, act] of Object.entries(actions)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-line";
    button.textContent = bar.dataset[name];
    button.addEventListener("click", act);
    bar.append(button);
  }
  bar.hidden = false;
}
