// A toast goes after ten seconds, but never while the pointer or the focus is on it.
const STAY = 10000;

function start(toast) {
  toast.dataset.started = "";
  let timer = 0;
  const leave = () => (timer = setTimeout(() => toast.remove(), STAY));
  const hold = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", leave);
  leave();
}

function startAll() {
  document.querySelectorAll("[data-toast]:not([data-started])").forEach(start);
}

document.addEventListener("htmx:afterSettle", startAll);
startAll();
