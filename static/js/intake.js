// The outline under review by keyboard, and the line of the text lit for the node in hand.
(function () {
  "use strict";
  var d = document;
  var outline = d.getElementById("outline");
  var source = d.querySelector(".source");
  var KINDS = { 0: "dropped", 1: "aspect", 2: "issue", 3: "measure", 4: "status" };
  var last = null;
  var scroll = 0;

  function light(line) {
    var lit = source.querySelector(".lit");
    if (lit) lit.classList.remove("lit");
    var row = d.getElementById("L" + line);
    if (!row) return;
    row.classList.add("lit");
    var top = row.offsetTop - source.offsetTop;
    if (top < source.scrollTop || top > source.scrollTop + source.clientHeight - 60) source.scrollTop = top - 80;
  }
  function hold(node) {
    if (!node) return;
    node.focus({ preventScroll: false });
    last = node.dataset.node;
    light(node.dataset.line);
  }
  function send(node, move, kind) {
    var form = d.getElementById("move");
    if (!form) return;
    form.elements.node.value = node.dataset.node;
    form.elements.move.value = move;
    form.elements.kind.value = kind || "";
    last = node.dataset.node;
    htmx.trigger(form, "submit");
  }

  outline.addEventListener("focusin", function (e) {
    var node = e.target.closest("[data-node]");
    if (node) light(node.dataset.line);
  });
  d.addEventListener("click", function (e) {
    var link = e.target.closest("a[data-line]");
    if (!link) return;
    e.preventDefault();
    light(link.dataset.line);
  });
  outline.addEventListener("keydown", function (e) {
    var node = e.target;
    if (!node.hasAttribute("data-node") || e.ctrlKey || e.metaKey) return;
    var key = e.key.toLowerCase();
    if (key === "arrowdown" || key === "arrowup") {
      e.preventDefault();
      if (e.altKey) send(node, key === "arrowup" ? "up" : "down");
      else hold(key === "arrowup" ? node.previousElementSibling : node.nextElementSibling);
    } else if (key === "enter") {
      e.preventDefault();
      node.querySelector(".words").click();
    } else if (KINDS[key]) {
      e.preventDefault();
      send(node, "kind", KINDS[key]);
    } else if (key === "m") {
      e.preventDefault();
      var before = node.previousElementSibling;
      send(node, "merge");
      if (before) last = before.dataset.node;
    } else if (key === "z") {
      e.preventDefault();
      outline.querySelector("[data-back]").click();
    }
  });

  // The cursor says where a node is split.
  outline.addEventListener("click", function (e) {
    var button = e.target.closest("button[value=split]");
    if (!button) return;
    var words = button.form.elements.text;
    if (words.value.indexOf("|") >= 0 || words.value.indexOf("｜") >= 0) return;
    var at = words.selectionStart;
    if (at > 0 && at < words.value.length) words.value = words.value.slice(0, at) + "|" + words.value.slice(at);
  });
  d.addEventListener("htmx:beforeSwap", function (e) { if (e.target === outline) scroll = outline.scrollTop; });
  d.addEventListener("htmx:afterSettle", function (e) {
    if (e.target !== outline) return;
    outline.scrollTop = scroll;
    var chosen = outline.querySelector(".chosen");
    var words = chosen && chosen.querySelector("textarea");
    if (words && chosen.dataset.node !== last) { last = chosen.dataset.node; light(chosen.dataset.line); words.focus(); return; }
    if (last) hold(d.getElementById("N" + last));
  });
})();
