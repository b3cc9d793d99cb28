// <form data-passkey="create|get" data-options="id-of-the-json" data-failed="…"> with a hidden field "credential" and
// a hidden element with the role alert: asks the device for a passkey, then sends the form with its answer.
const WAYS = {
  create: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  const data = JSON.parse(document.getElementById(form.dataset.options).textContent);
  const { publicKey } = data.creation_options ?? data.request_options;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const alert = form.querySelector("[role=alert]");
    alert.hidden = true;
    try {
      const credential = await WAYS[form.dataset.passkey](publicKey);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
    } catch {
      alert.textContent = form.dataset.failed;
      alert.hidden = false;
      return;
    }
    form.submit();
  });
}
