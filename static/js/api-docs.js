// Draws the API reference into #api-reference from the OpenAPI document that it names.
const place = document.getElementById("api-reference");
window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: ["get", "post", "put", "patch", "delete"],
  persistAuthorization: false, // a key stays on this page, and is forgotten with it
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
});
