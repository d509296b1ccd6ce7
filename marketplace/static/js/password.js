// While a new password is typed: what is still missing, in words; and showing it on request.
const LEAST = 10;

function advice(text, help) {
  if (!text) return help;
  const characters = [...text];
  if (characters.length < LEAST) return `还差 ${LEAST - characters.length} 个字符。`;
  if (new Set(characters).size < 4) return "重复的字符太多，容易被猜到。";
  if (/^\d+$/.test(text)) return "只有数字，容易被猜到，最好再加几个字母或词。";
  return characters.length < 14 ? "可以。再长一些更难猜。" : "很好。";
}

for (const group of document.querySelectorAll("[data-new-password]")) {
  const input = group.querySelector("input[type=password]");
  const help = group.querySelector(".field-help");
  const before = help.textContent;
  help.setAttribute("aria-live", "polite");
  input.addEventListener("input", () => (help.textContent = advice(input.value, before)));
  group.querySelector("[data-show-password]").addEventListener("change", (event) => {
    input.type = event.target.checked ? "text" : "password";
  });
}
