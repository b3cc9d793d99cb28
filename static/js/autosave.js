// <form data-autosave="key">: every 20 seconds and on leaving a field, what changed is saved by fetch. Without this the
// Save button does it. What could not be sent is kept in this browser and offered again; nothing is replaced unasked.
const EVERY = 20_000;
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "revision", "seen", "row", "save", "continue"]);

const form = document.querySelector("[data-autosave]");
if (form) start();

function start() {
  const key = `draft:${form.dataset.autosave}`;
  const text = form.querySelector("[data-savebar-text]");
  const bar = form.querySelector("[data-savebar]");
  let tried = written();
  let arrived = form.querySelector(".error-summary") ? null : tried; // what the portal is known to hold
  let running = null;
  let isAskedAgain = false; // a field was left while a save was under way
  let isBlocked = form.querySelector("#stale-title") !== null; // two texts are compared: the writer decides, not a clock

  function written() {
    return JSON.stringify([...new FormData(form)].filter(([name, value]) => value !== "" && !NOT_KEPT.has(name)));
  }

  // state: saving, saved, or offline for whatever keeps the text from arriving
  function tell(state, message) {
    bar.dataset.state = state;
    if (text.textContent !== message) text.textContent = message; // written anew it would be read out at every letter
  }

  // isSubmitted: whether it arrived is told by the state of the step on the next page.
  function keep(values, isSubmitted = false) {
    const { revision, seen } = form.elements;
    try {
      localStorage.setItem(key, JSON.stringify({ values, isSubmitted, revision: revision.value, seen: seen.value }));
    } catch {
      // No room, or storage is switched off: the page itself still holds the text.
    }
  }

  function forget() {
    try {
      localStorage.removeItem(key);
    } catch {
      // As above.
    }
  }

  function save({ onLeaving = false, isByClock = false, at = document.activeElement } = {}) {
    const values = written();
    isAskedAgain = running !== null;
    if (running || isBlocked || values === tried) return running;
    // A name that is still being typed would become an organisation of its own.
    if (!onLeaving && at?.matches("[data-autosave-whole]")) return null;
    tell("saving", form.dataset.saving);
    running = send(values, isByClock).finally(() => {
      running = null;
      if (isAskedAgain) save();
    });
    return running;
  }

  async function send(values, isByClock) {
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-Autosave": "1", Accept: "application/json" },
        redirect: "manual",
        keepalive: values.length < 60_000,
      });
    } catch {
      keep(values);
      tell("offline", form.dataset.offline);
      return;
    }
    if (answer.ok) {
      const saved = await answer.json();
      form.elements.revision.value = saved.revision;
      form.elements.seen.value = saved.seen;
      if ("percent" in saved) {
        form.querySelector("[data-percent]").textContent = `${saved.percent}%`;
        form.querySelector("[data-percent-meter]").value = saved.percent;
      }
      tried = arrived = values;
      forget();
      if (written() === values) tell("saved", form.dataset.saved.replace("{time}", saved.saved_at));
      else tell("saving", form.dataset.unsaved); // somebody types faster than the portal answers
      return;
    }
    keep(values);
    if (answer.status === 409) {
      isBlocked = true;
      tell("offline", form.dataset.conflict);
    } else if (answer.status === 422 && isByClock) {
      tell("saving", form.dataset.unsaved); // half a year or half an address: leaving the field tells what is wrong
    } else if (answer.status === 422) {
      tried = values; // the same text would be refused again
      tell("offline", form.dataset.refused);
    } else if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) {
      isBlocked = true;
      tell("offline", form.dataset.denied);
    } else {
      tell("offline", form.dataset.offline);
    }
  }

  function restore(kept) {
    const entries = JSON.parse(kept.values);
    const names = new Set(entries.map(([name]) => name));
    for (const field of form.elements) {
      if (!field.name || NOT_KEPT.has(field.name)) continue;
      const own = entries.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "checkbox" || field.type === "radio") field.checked = own.includes(field.value);
      else field.value = own[0] ?? "";
    }
    for (const name of names) {
      if (form.elements[name]) continue; // a row that the page does not show: it comes back with the next save
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value: entries.find(([known]) => known === name)[1] });
      form.append(input);
    }
    // With the state that its writer saw, so that what others saved meanwhile is shown beside it and not undone.
    form.elements.revision.value = kept.revision;
    form.elements.seen.value = kept.seen;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function offer() {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(key));
    } catch {
      return;
    }
    if (!kept) return;
    if (kept.values === tried || (kept.isSubmitted && kept.seen !== form.elements.seen.value)) {
      forget();
      return;
    }
    const place = form.querySelector("[data-offline-offer]");
    place.hidden = false;
    place.addEventListener("click", (event) => {
      if (event.target.closest("[data-offline-restore]")) restore(kept);
      else if (event.target.closest("[data-offline-discard]")) forget();
      else return;
      place.hidden = true;
    });
  }

  form.addEventListener("input", () => tell("saving", form.dataset.unsaved));
  // At once: a moment later the next field may hold the first letter of something that is no value yet.
  form.addEventListener("focusout", (event) => save({ at: event.relatedTarget ?? document.activeElement }));
  document.addEventListener("visibilitychange", () => document.hidden && save({ onLeaving: true }));
  setInterval(() => save({ isByClock: true }), EVERY);

  form.addEventListener("submit", (event) => {
    if (running) {
      // The answer brings the revision that this save has to name.
      event.preventDefault();
      const { submitter } = event;
      running.finally(() => form.requestSubmit(submitter));
      return;
    }
    isBlocked = true; // from here on the page's own save speaks
    const values = written();
    if (values === arrived) forget();
    else keep(values, true);
  });

  offer();
}
