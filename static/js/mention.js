// @ in a comment proposes the people of the task; a helping unit's part goes into the text with one click.
(function () {
  "use strict";
  var d = document;

  function listOf(area) { return area.form && area.form.querySelector("[data-people]"); }
  function typed(area) { return /@([^\s@]{0,20})$/.exec(area.value.slice(0, area.selectionStart)); }
  function propose(area) {
    var list = listOf(area);
    if (!list) return;
    var found = typed(area);
    var any = false;
    list.querySelectorAll("li").forEach(function (row) {
      var fits = found && row.textContent.indexOf(found[1]) >= 0;
      row.hidden = !fits;
      any = any || fits;
    });
    list.hidden = !any;
  }
  d.addEventListener("input", function (e) { if (e.target.tagName === "TEXTAREA") propose(e.target); });
  d.addEventListener("click", function (e) {
    var person = e.target.closest("[data-people] button");
    var part = e.target.closest("[data-take]");
    if (person) {
      var list = person.closest("[data-people]");
      var area = list.closest("form").querySelector("textarea");
      var at = area.selectionStart - typed(area)[1].length;
      var twice = list.querySelectorAll('[data-name="' + person.dataset.name + '"]').length > 1;
      var name = (twice ? person.dataset.full : person.dataset.name) + " ";
      area.value = area.value.slice(0, at) + name + area.value.slice(area.selectionStart);
      area.selectionStart = area.selectionEnd = at + name.length;
      list.hidden = true;
      area.focus();
    } else if (part) {
      e.preventDefault();
      var text = part.form.elements.text;
      var box = part.closest("li").querySelector("input");
      if (text.value.indexOf(part.dataset.take) < 0) text.value = (text.value.trimEnd() + "\n" + part.dataset.take).trimStart();
      box.checked = true;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
})();
