// Conveniences only: every page works without this file. Times say the local one on hover; lists can be copied.
"use strict";
for (const t of document.querySelectorAll("time[datetime]")) {
  const local = new Date(t.dateTime);
  if (!isNaN(local)) t.title = local.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
}
for (const box of document.querySelectorAll("pre.copy")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quietbutton";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.textContent);
    button.textContent = "Copied";
  });
  box.before(button);
}
