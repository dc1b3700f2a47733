// The live parts of the console. A page is whole without this; with it, what is marked data-live follows what happens.

const parser = new DOMParser();

async function refresh() {
  if (document.hidden || !document.querySelector("[data-live]")) return;
  let answer;
  try {
    answer = await fetch(location.href, { headers: { "X-Console-Live": "1" }, redirect: "manual" });
  } catch {
    return document.body.classList.add("stale");
  }
  if (answer.type === "opaqueredirect") return location.reload(); // signed out
  document.body.classList.toggle("stale", !answer.ok);
  if (!answer.ok) return;
  const fresh = parser.parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live], #alerts")) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue; // nobody loses what they are typing
    keep(part, next);
    part.replaceChildren(...next.childNodes);
  }
}

// What somebody opened stays open, and what they picked stays picked.
function keep(part, next) {
  const opened = [...next.querySelectorAll("details")];
  [...part.querySelectorAll("details")].forEach((old, i) => opened[i]?.toggleAttribute("open", old.open));
  for (const box of part.querySelectorAll("input[name=pick]:checked"))
    next.querySelector(`input[name=pick][value="${CSS.escape(box.value)}"]`)?.setAttribute("checked", "");
}

function every() {
  const seconds = Number(document.querySelector("[data-live]")?.dataset.live || 5);
  setTimeout(async () => { await refresh(); every(); }, seconds * 1000);
}

document.addEventListener("change", event => {
  const box = event.target;
  if (!box.matches?.("[data-pick-all]")) return;
  for (const one of box.closest("form").querySelectorAll("input[name=pick]")) one.checked = box.checked;
});

document.addEventListener("submit", event => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) return event.preventDefault();
  if (event.target.method === "post") event.submitter?.setAttribute("aria-busy", "true");
});

document.addEventListener("visibilitychange", refresh);
every();
