// Light, dark or as the device says. Buttons carry data-theme-choice; the choice is kept in a cookie, set only here.
// The first paint is the work of the one inline line in <head> (templates/partials/theme_line.html).
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme:dark)");
const buttons = document.querySelectorAll("[data-theme-choice]");

const chosen = () => /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1] ?? "auto";

function show() {
  const choice = chosen();
  root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.themeChoice === choice);
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${button.dataset.themeChoice}; path=/; max-age=31536000; samesite=lax${secure}`;
    show();
  });
}
dark.addEventListener("change", show);
show();
