// Runs before the first paint (blocking, in head), so that the page never flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    // storage may be forbidden; the system's choice stands
  }
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.bsTheme = chosen === "dark" || chosen === "light" ? chosen : system;
})();
