// Development only: choosing a sample person fills the form.
document.addEventListener("click", (event) => {
  const sample = event.target.closest("[data-sample-email]");
  if (!sample) return;
  const form = document.getElementById("login-form");
  form.elements.email.value = sample.dataset.sampleEmail;
  if (sample.dataset.samplePassword) form.elements.password.value = sample.dataset.samplePassword;
  (form.elements.password.value ? form.querySelector("[type=submit]") : form.elements.password).focus();
});
