// <button hidden data-share data-share-title="…" data-share-url="…">: shown where the device can hand a page to an app.
if (navigator.share) {
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = false;
    button.addEventListener("click", () =>
      navigator.share({ title: button.dataset.shareTitle, url: button.dataset.shareUrl }).catch(() => {}),
    );
  }
}
