/* A click on anything that names a place in a document asks the server to open that place. */
document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-document]");
  if (place) {
    trigger("click", {
      document: place.dataset.document,
      start: Number(place.dataset.start),
      end: Number(place.dataset.end),
    });
  }
});
