// A suggested class is put into its field on a click; without script its button sends the form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  const input = button && document.getElementById(button.dataset.take);
  if (!input) return;
  event.preventDefault();
  input.value = button.dataset.value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.focus();
});
