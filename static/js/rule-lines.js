// A link with data-line selects that line of the text field it points to.
for (const link of document.querySelectorAll("a[data-line]")) {
  link.addEventListener("click", (event) => {
    const field = document.querySelector(link.hash);
    if (!field) return;
    event.preventDefault();
    const lines = field.value.split("\n");
    const line = Math.min(Number(link.dataset.line), lines.length) - 1;
    const start = lines.slice(0, line).join("\n").length + (line ? 1 : 0);
    field.focus();
    field.setSelectionRange(start, start + lines[line].length);
    field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, line - 5);
  });
}
