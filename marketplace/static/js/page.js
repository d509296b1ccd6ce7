// On every page: theme toggle, menus, notices, copying the address, printing, spoken news, full-page errors.
const root = document.documentElement;
const systemTheme = matchMedia("(prefers-color-scheme: dark)");

function storedTheme() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

function showTheme(theme) {
  root.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-label", theme === "dark" ? "改用浅色" : "改用深色");
  }
}

function toggleTheme() {
  const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // kept for this page only
  }
  showTheme(theme);
}

function announce(text) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50); // a change is spoken, the same text again is not
}

async function copyAddress(button) {
  const address = new URL(button.dataset.copyLink || location.href, location.href).href;
  const label = button.querySelector("[data-copy-label]");
  let text = "已复制链接";
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    text = "未能复制，请从地址栏复制";
  }
  const before = label.dataset.before ?? label.textContent;
  label.dataset.before = before;
  label.textContent = text;
  announce(text);
  setTimeout(() => (label.textContent = before), 3000);
}

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest("[data-theme-toggle]")) toggleTheme();
  if (target.closest("[data-print]")) print();
  target.closest("[data-dismiss]")?.closest("[data-dismissible]")?.remove();
  const copy = target.closest("[data-copy-link]");
  if (copy) copyAddress(copy);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

systemTheme.addEventListener("change", () => {
  if (!storedTheme()) showTheme(systemTheme.matches ? "dark" : "light");
});

// An error page that answers an htmx request is a whole document: only its message is shown in place.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && /^\s*<!doctype/i.test(xhr.responseText)) event.detail.selectOverride = "#error-box";
});

document.addEventListener("htmx:afterSettle", (event) => {
  const news = event.target.closest?.("[data-announce]") ?? event.target.querySelector?.("[data-announce]");
  if (news) announce(news.dataset.announce);
});

showTheme(root.dataset.bsTheme);
