"""Two ways to work a page, with one set of verbs: a journey that is written once runs with either hand."""

import os
import re

from playwright.sync_api import expect

# So many letters of a text are typed one by one, in the long run all; the rest comes at once, as from an input method.
LETTERS = None if os.environ.get("SSC_LONG") == "1" else 12
STOPS = 400  # so many presses of Tab lead to every control of the longest page

# Where the focus stands, seen from `control`: {isHere, isAhead, lostAt}. `lostAt` describes the focused element when no
# ring shows it, or when something lies over all of it.
WHERE = """control => {
  const active = document.activeElement;
  const group = (element) => element.type === "radio" && element.name;
  const isHere = active === control || (group(active) && group(active) === group(control));
  const isAhead = Boolean(active.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_FOLLOWING);
  const hasRing = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const isInSight = (element) => {
    const box = element.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const label = element.closest("label");
    return [0.5, 0.1, 0.9].some((x) => [0.5, 0.1, 0.9].some((y) => {
      const hit = document.elementFromPoint(left + x * (right - left), top + y * (bottom - top));
      return hit && (element.contains(hit) || (label && label.contains(hit)));
    }));
  };
  const isStop = active !== document.body && active.tabIndex >= 0;
  const around = [active, active.nextElementSibling, active.closest("label"), active.closest("article")];
  const isSeen = !isStop || (around.filter(Boolean).some(hasRing) && isInSight(active));
  return { isHere, isAhead, lostAt: isSeen ? "" : active.outerHTML.slice(0, 160) };
}"""


class MouseHand:
    """Clicks what it works."""

    def __init__(self, page):
        self.page = page

    def press(self, control):
        control.click()

    def write(self, field, text):
        field.click()
        field.fill(text)

    def choose(self, menu, label):
        menu.select_option(label=label)

    def mark(self, box):
        """Tick a box or take a choice, by its label where it has one around it."""
        box.locator("xpath=ancestor-or-self::*[self::label or self::input][1]").click()
        expect(box).to_be_checked()


class KeyboardHand:
    """Uses Tab, Shift+Tab, Enter, Space, the arrows and letters, nothing else.

    ``lost_at``: elements on which one could not see that the focus stood there.
    """

    def __init__(self, page):
        self.page, self.lost_at = page, []

    def _reach(self, control):
        """Go to ``control``, or to the radio button of its group that takes the focus."""
        there = control.element_handle()  # found once: to look for it by its name at each stop takes most of the time
        for _stop in range(STOPS):
            where = there.evaluate(WHERE)
            if where["lostAt"]:
                self.lost_at.append((self.page.url, where["lostAt"]))
            if where["isHere"]:
                return
            self.page.keyboard.press("Tab" if where["isAhead"] else "Shift+Tab")
        raise AssertionError(f"{control} is not reached within {STOPS} presses of Tab.")

    def press(self, control):
        self._reach(control)
        is_link = control.evaluate("control => control.localName === 'a'")
        self.page.keyboard.press("Enter" if is_link else "Space")

    def write(self, field, text):
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text[:LETTERS])
        if len(text) > len(text[:LETTERS]):
            self.page.keyboard.insert_text(text[LETTERS:])

    def choose(self, menu, label):
        self._reach(menu)
        wanted, chosen = menu.evaluate(
            "(menu, label) => [[...menu.options].findIndex((one) => one.label === label), menu.selectedIndex]", label
        )
        for _step in range(abs(wanted - chosen)):
            self.page.keyboard.press("ArrowDown" if wanted > chosen else "ArrowUp")
        expect(menu.locator("option:checked")).to_have_text(label)

    def mark(self, box):
        self._reach(box)
        for _step in range(10):
            if box.evaluate("box => box === document.activeElement"):
                break
            self.page.keyboard.press("ArrowRight")
        if not box.is_checked():
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()


def named(role, place, name):
    """What of ``role`` in ``place`` has a name that begins with ``name``."""
    return place.get_by_role(role, name=re.compile(f"^{re.escape(name)}"))


def asked(role, place, label):
    """The control of ``role`` in ``place`` with this ``label``, whether or not the label adds that it is needed."""
    return place.get_by_role(role, name=re.compile(rf"^{re.escape(label)}( \(needed to send\))?$"))
