// <form data-filters>: a change is sent at once, through htmx where the form asks for it. Without this the button does it.
// Whoever works by keyboard goes on from the new results.
const isSheet = () => location.hash === "#filters" && matchMedia("(max-width: 959.98px)").matches;

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-filters]") || event.target.type === "search") return; // words are sent with Enter
  if (isSheet()) return; // in the sheet people choose several, then press the button
  form.requestSubmit();
});

document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-filters]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name); // short addresses
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-filters]") && isSheet()) location.hash = "#results";
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isSheet()) return;
  location.hash = "#results";
  document.querySelector('a[href="#filters"]')?.focus();
});

document.addEventListener("htmx:afterSettle", () => {
  // The link that was pressed may be gone with the old results.
  if (document.activeElement === document.body) document.querySelector("#results")?.focus({ preventScroll: true });
});
