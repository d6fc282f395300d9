// The plan as a sheet: arrows move, Shift chooses a block, Enter or F2 edits, Esc gives up, Ctrl+C, Ctrl+V, Ctrl+D, Delete.
// Whatever is changed goes through the form that pastes a block, so that one rule reads every cell.
(function () {
  "use strict";
  var d = document;
  var grid = d.querySelector("[data-grid]");
  var form = d.getElementById("paste");
  if (!grid || !form) return;
  var anchor = null;
  var here = null;
  var MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  var LISTS = { lead: "units-known", kind: "kinds-known" };

  function rows() { return [].slice.call(grid.querySelectorAll("tr[data-task]")); }
  function cells(row) { return [].slice.call(row.querySelectorAll("td[data-col]")); }
  function at(place) { var row = rows()[place[0]]; return row && cells(row)[place[1]]; }
  function placeOf(cell) { return [rows().indexOf(cell.parentNode), cells(cell.parentNode).indexOf(cell)]; }
  function words(cell) { return cell.querySelector("[data-v]").textContent; }
  function quoted(text) { return /[\t\n]|^"/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text; }
  function box() {
    return {
      top: Math.min(anchor[0], here[0]), bottom: Math.max(anchor[0], here[0]),
      left: Math.min(anchor[1], here[1]), right: Math.max(anchor[1], here[1]),
    };
  }
  function read(top, bottom, left, right) {
    return rows().slice(top, bottom + 1).map(function (row) {
      return cells(row).slice(left, right + 1).map(words);
    });
  }
  function written(block) {
    return block.map(function (row) { return row.map(quoted).join("\t") + "\n"; }).join("");
  }
  function paint() {
    grid.querySelectorAll("td.chosen").forEach(function (cell) { cell.classList.remove("chosen"); });
    if (!here) return;
    var b = box();
    rows().slice(b.top, b.bottom + 1).forEach(function (row) {
      cells(row).slice(b.left, b.right + 1).forEach(function (cell) { cell.classList.add("chosen"); });
    });
  }
  function go(place, keep) {
    var cell = at(place);
    if (!cell) return;
    grid.querySelectorAll('td[tabindex="0"]').forEach(function (other) { other.tabIndex = -1; });
    here = place;
    if (!keep || !anchor) anchor = place;
    cell.tabIndex = 0;
    cell.focus();
    paint();
  }

  // One block from a cell on; the server is told what stood there, so that nobody's change is overwritten unseen.
  function send(place, text) {
    var seen = read(place[0], place[0] + text.split("\n").length, place[1], place[1] + 99);
    form.elements.task.value = rows()[place[0]].dataset.task;
    form.elements.column.value = at(place).dataset.col;
    form.elements.block.value = text;
    form.elements.seen.value = written(seen);
    htmx.trigger(form, "submit");
  }
  function fill(make) {
    var b = box();
    var block = read(b.top, b.bottom, b.left, b.right);
    send([b.top, b.left], written(make(block)));
  }

  function edit(cell, typed) {
    if (cell.querySelector(".grid-input")) return;
    if (cell.dataset.locked) {
      d.getElementById("plan-said").textContent = cell.dataset.locked;
      return;
    }
    var place = placeOf(cell);
    var list = LISTS[cell.dataset.col];
    var input = d.createElement(list ? "input" : "textarea");
    var before = words(cell);
    var kept = [].slice.call(cell.childNodes);
    input.className = "grid-input";
    input.value = typed === undefined ? before : typed;
    input.setAttribute("aria-label", "修改这一格");
    if (list) input.setAttribute("list", list);
    cell.classList.add("editing");
    kept.forEach(function (node) { node.remove(); });
    cell.appendChild(input);
    input.focus();
    function close() {
      input.remove();
      cell.classList.remove("editing");
      kept.forEach(function (node) { cell.appendChild(node); });
    }
    function leave(save, to) {
      if (!input.isConnected) return;
      var value = input.value;
      close();
      go(to || place);
      if (save && value !== before) send(place, quoted(value) + "\n");
    }
    input.addEventListener("keydown", function (e) {
      e.stopPropagation();
      if (e.isComposing || e.keyCode === 229) return;
      if (e.key === "Escape") { e.preventDefault(); leave(false); }
      else if (e.key === "Enter" && !e.shiftKey) { e.preventDefault(); leave(true, at([place[0] + 1, place[1]]) && [place[0] + 1, place[1]]); }
      else if (e.key === "Tab") { e.preventDefault(); leave(true, at([place[0], place[1] + 1]) && [place[0], place[1] + 1]); }
    });
    input.addEventListener("blur", function () { setTimeout(function () { leave(true); }, 0); });
  }

  grid.addEventListener("mousedown", function (e) {
    var cell = e.target.closest("td[data-col]");
    if (!cell || e.target.closest("a,.grid-input")) return;
    e.preventDefault();
    if (d.activeElement && d.activeElement.classList.contains("grid-input")) d.activeElement.blur();
    go(placeOf(cell), e.shiftKey);
  });
  grid.addEventListener("dblclick", function (e) {
    var cell = e.target.closest("td[data-col]");
    if (cell) edit(cell);
  });
  grid.addEventListener("keydown", function (e) {
    var cell = e.target;
    if (!cell.hasAttribute("data-col") || e.isComposing) return;
    var move = MOVES[e.key];
    var command = e.ctrlKey || e.metaKey;
    if (move) {
      e.preventDefault();
      go([here[0] + move[0], here[1] + move[1]], e.shiftKey);
    } else if (e.key === "Enter" || e.key === "F2") {
      e.preventDefault();
      edit(cell);
    } else if (e.key === "Escape") {
      anchor = here;
      paint();
    } else if (e.key === "Delete") {
      e.preventDefault();
      fill(function (block) { return block.map(function (row) { return row.map(function () { return ""; }); }); });
    } else if (command && e.key.toLowerCase() === "d") {
      e.preventDefault();
      fill(function (block) { return block.map(function () { return block[0]; }); });
    } else if (command && e.key.toLowerCase() === "z") {
      var undo = d.querySelector("form[data-undo]");
      e.preventDefault();
      if (undo) undo.submit();
    } else if (e.key.length === 1 && !command && !e.altKey && e.key !== " ") {
      e.preventDefault();
      edit(cell, e.key);
    }
  });
  d.addEventListener("copy", function (e) {
    if (!here || !d.activeElement.hasAttribute("data-col")) return;
    var b = box();
    e.preventDefault();
    e.clipboardData.setData("text/plain", written(read(b.top, b.bottom, b.left, b.right)));
  });
  d.addEventListener("paste", function (e) {
    if (!here || !d.activeElement.hasAttribute("data-col")) return;
    var b = box();
    e.preventDefault();
    send([b.top, b.left], e.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n"));
  });
  // Rows that came back replace the old ones: the focus returns to its cell.
  d.addEventListener("htmx:afterSettle", function () {
    if (here && d.activeElement === d.body) go(here, true);
    else paint();
  });
  form.addEventListener("htmx:afterRequest", function () { form.elements.seen.value = ""; });
  var first = at([0, 0]);
  if (first) first.tabIndex = 0;
  grid.addEventListener("focusin", function (e) {
    if (e.target.hasAttribute("data-col") && !here) go(placeOf(e.target));
  });
})();
