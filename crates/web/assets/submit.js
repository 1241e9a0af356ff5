// Keeps an impatient second click from sending a form twice. The server would answer it like the
// first; this only spares the visitor the doubt.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  if (!button) return;
  button.dataset.label = button.textContent;
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) {
    button.textContent = button.dataset.busy;
    const status = document.getElementById("announce");
    if (status) status.textContent = button.dataset.busy;
  }
});

// The back button may bring a page back as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[data-label]")) {
    button.textContent = button.dataset.label;
    button.removeAttribute("aria-disabled");
  }
});

// A form that came back with faults says them first.
document.getElementById("faults")?.focus();
