// A figure chosen from the list goes where the cursor was last, as {{name}}.
(function () {
  "use strict";
  var d = document;
  var last = null;
  function writable(e) { return e && e.matches && e.matches("form[data-draft] textarea, form[data-draft] input[type=text]"); }
  d.addEventListener("focusin", function (e) { if (writable(e.target)) last = e.target; });
  d.addEventListener("click", function (e) {
    var button = e.target.closest("[data-figure]");
    if (!button) return;
    var box = last || d.querySelector("form[data-draft] textarea");
    if (!box) return;
    var words = "{{" + button.dataset.figure + "}}";
    var from = box.selectionStart;
    box.focus();
    box.setRangeText(words, from, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
