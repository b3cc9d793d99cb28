// <button class="js-only" data-copy="#id-of-the-text" data-copied="Copied"><span>Copy</span></button>
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.querySelector("span") ?? button;
  const text = document.querySelector(button.dataset.copy).textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(document.querySelector(button.dataset.copy)); // the reader copies by hand
    return;
  }
  button.dataset.label ??= label.textContent;
  label.setAttribute("role", "status");
  label.textContent = button.dataset.copied;
  setTimeout(() => (label.textContent = button.dataset.label), 3000);
});
