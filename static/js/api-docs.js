// Draws the API reference into #api-reference from the OpenAPI document that it names.
const place = document.getElementById("api-reference");
window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: ["get"],
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
});
