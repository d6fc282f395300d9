// Ticking tasks: all, an issue's, a range with Shift; and how many are ticked.
(function () {
  "use strict";
  var form = document.querySelector(".plan");
  var told = form && form.querySelector("[data-picked]");
  if (!told) return; // a closed notice: nothing to tick for
  var last = null;

  function boxes(issue) {
    var all = [].slice.call(form.querySelectorAll("input[name=task]"));
    return issue ? all.filter(function (box) { return box.dataset.issue === issue; }) : all;
  }
  function count() {
    told.textContent = boxes().filter(function (box) { return box.checked; }).length;
  }
  form.addEventListener("change", function (e) {
    var box = e.target;
    if (box.hasAttribute("data-pick-all")) {
      boxes().forEach(function (b) { b.checked = box.checked; });
      form.querySelectorAll("[data-pick-issue]").forEach(function (b) { b.checked = box.checked; });
    } else if (box.dataset.pickIssue) {
      boxes(box.dataset.pickIssue).forEach(function (b) { b.checked = box.checked; });
    }
    count();
  });
  form.addEventListener("click", function (e) {
    if (e.target.name !== "task") return;
    var all = boxes();
    var at = all.indexOf(e.target);
    if (e.shiftKey && last !== null) {
      for (var i = Math.min(at, last); i <= Math.max(at, last); i++) all[i].checked = e.target.checked;
      count();
    }
    last = at;
  });
  count();
})();
