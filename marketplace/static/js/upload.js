// Shows the chosen file's name and size beside the button, and lets it be taken back.
function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1023.5 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function show(upload) {
  const input = upload.querySelector("input[type=file]");
  const files = [...input.files];
  upload.querySelector("[data-upload-name]").textContent = files
    .map((file) => `${file.name} (${size(file.size)})`)
    .join("、");
  upload.querySelector("[data-upload-chosen]").hidden = files.length === 0;
}

document.addEventListener("change", (event) => {
  const upload = event.target.closest?.("[data-upload]");
  if (upload) show(upload);
});

document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-upload-clear]");
  if (!clear) return;
  const upload = clear.closest("[data-upload]");
  const input = upload.querySelector("input[type=file]");
  input.value = "";
  show(upload);
  input.focus();
});
