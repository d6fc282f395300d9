// The task sheet: arrows move between cells that may be typed into, Enter or F2 edits, Enter saves, Esc gives up;
// ticked rows open the batch bar.
(function () {
  "use strict";
  var d = document;

  function bar() {
    var batch = d.querySelector("[data-batch]");
    if (!batch) return;
    var ticked = 0;
    d.querySelectorAll("[data-sheet] tbody input[name=id]").forEach(function (box) {
      box.closest("tr").classList.toggle("picked", box.checked);
      ticked += box.checked ? 1 : 0;
    });
    batch.hidden = !ticked;
    batch.querySelector("[data-selected]").textContent = ticked;
    var all = d.querySelector("[data-all]");
    var boxes = d.querySelectorAll("[data-sheet] tbody input[name=id]").length;
    if (all) { all.checked = ticked > 0 && ticked === boxes; all.indeterminate = ticked > 0 && ticked < boxes; }
  }

  function neighbour(cell, across, down) {
    var row = cell.parentNode;
    if (across) {
      var next = across > 0 ? cell.nextElementSibling : cell.previousElementSibling;
      while (next && !next.hasAttribute("data-cell")) {
        next = across > 0 ? next.nextElementSibling : next.previousElementSibling;
      }
      return next;
    }
    var kind = cell.classList.contains("cell-next") ? ".cell-next" : ".cell-latest";
    do { row = down > 0 ? row.nextElementSibling : row.previousElementSibling; }
    while (row && !row.querySelector(kind + "[data-cell]"));
    return row && row.querySelector(kind);
  }

  var MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

  d.addEventListener("keydown", function (e) {
    var editor = e.target.closest("[data-editor]");
    var cell = e.target.closest("[data-cell]");
    if (editor) {
      if (e.isComposing || e.keyCode === 229) return;
      if (e.key === "Escape") {
        e.preventDefault();
        e.stopPropagation();
        htmx.ajax("GET", editor.dataset.cancel, { target: editor.closest("td"), swap: "outerHTML" });
      } else if (e.key === "Enter" && !e.shiftKey) {
        e.preventDefault();
        if (!editor.dataset.busy) { editor.dataset.busy = "1"; htmx.trigger(editor, "save"); }
      }
      return;
    }
    if (cell && e.target === cell) {
      if (e.key === "Enter" || e.key === "F2") { e.preventDefault(); htmx.trigger(cell, "edit"); }
      var move = MOVES[e.key];
      var to = move && neighbour(cell, move[0], move[1]);
      if (move) e.preventDefault();
      if (to) to.focus();
      return;
    }
    var field = d.getElementById("id_q");
    if (e.key === "/" && field && !/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) {
      e.preventDefault();
      field.focus();
    }
  });

  d.addEventListener("change", function (e) {
    if (e.target.matches("[data-all]")) {
      d.querySelectorAll("[data-sheet] tbody input[name=id]").forEach(function (box) { box.checked = e.target.checked; });
    }
    if (e.target.type === "checkbox") bar();
  });

  d.addEventListener("htmx:afterSettle", function (e) {
    var cell = e.target.closest && e.target.closest("td.cell");
    var editor = cell && cell.querySelector("[data-editor]");
    if (editor) {
      editor.focus();
      editor.setSelectionRange(editor.value.length, editor.value.length);
    } else if (cell && d.activeElement === d.body) {
      cell.focus();
    }
    bar();
  });
  d.addEventListener("htmx:afterRequest", function (e) {
    if (e.target.hasAttribute && e.target.hasAttribute("data-editor")) delete e.target.dataset.busy;
  });
  d.addEventListener("htmx:pushedIntoHistory", function () {
    var link = d.querySelector("[data-export]");
    if (link) link.search = location.search;
  });
  window.addEventListener("beforeunload", function (e) {
    var open = d.querySelector("[data-editor]");
    if (open && open.value !== open.defaultValue) { e.preventDefault(); e.returnValue = ""; }
  });
  bar();
})();
