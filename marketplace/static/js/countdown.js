// Keeps "还剩 3 天 4 小时" true while the page stays open; once a minute, nothing jumps.
function span(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 1) return "不到 1 分钟";
  const parts = [
    [Math.floor(minutes / 1440), "天"],
    [Math.floor(minutes / 60) % 24, "小时"],
    [minutes % 60, "分钟"],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  return parts
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(" ");
}

// The reader's clock may be wrong: the page says what time the server had when it was made.
const served = Date.now();

function update() {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const now = Date.parse(element.dataset.now) + Date.now() - served;
    const left = Date.parse(element.dateTime) - now;
    const text = span(left);
    element.textContent = left <= 0 ? "已截止" : text.startsWith("不到") ? `还剩${text}` : `还剩 ${text}`;
    element.classList.toggle("countdown-over", left <= 0);
  }
}

setInterval(update, 60000);
