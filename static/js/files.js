// Files dropped onto a form or chosen one after the other: a list with a kind for each, and how far the upload is.
(function () {
  "use strict";
  var d = document;
  var kept = new WeakMap(); // input → files chosen so far

  function kindFor(input) {
    var own = input.form.querySelector("select[name$=category]");
    var copy = own.cloneNode(true);
    copy.removeAttribute("id");
    copy.name = own.name.replace("category", "each");
    copy.value = own.value;
    copy.options[0].textContent = "按上面的类别";
    return copy;
  }
  function show(input) {
    var list = input.parentNode.querySelector(".picked");
    var before = [].map.call(list.querySelectorAll("select"), function (s) { return s.value; });
    list.textContent = "";
    kept.get(input).forEach(function (file, at) {
      var row = d.createElement("li");
      var name = d.createElement("span");
      var off = d.createElement("button");
      var kind = kindFor(input);
      name.textContent = file.name + "（" + Math.max(1, Math.round(file.size / 1024)) + " KB）";
      kind.setAttribute("aria-label", file.name + " 的材料类别");
      if (before[at]) kind.value = before[at];
      off.type = "button";
      off.className = "btn small";
      off.textContent = "不传";
      off.addEventListener("click", function () {
        row.remove();
        put(input, kept.get(input).filter(function (f) { return f !== file; }));
      });
      [name, kind, off].forEach(function (e) { row.appendChild(e); });
      list.appendChild(row);
    });
  }
  function put(input, files) {
    var all = new DataTransfer();
    files.forEach(function (file) { all.items.add(file); });
    input.files = all.files;
    kept.set(input, files);
    show(input);
  }
  function add(input, files) {
    var have = kept.get(input) || [];
    var fresh = [].filter.call(files, function (file) {
      return !have.some(function (h) { return h.name === file.name && h.size === file.size; });
    });
    put(input, have.concat(fresh));
  }
  function zoneOf(e) { return e.target.closest && e.target.closest(".drop"); }

  function ready() {
    d.querySelectorAll("input[data-drop]").forEach(function (input) {
      if (kept.has(input)) return;
      var zone = d.createElement("div");
      var list = d.createElement("ul");
      zone.className = "drop";
      list.className = "picked";
      input.parentNode.insertBefore(zone, input);
      zone.appendChild(input);
      zone.appendChild(d.createTextNode(" 或把多个文件拖到这里"));
      zone.appendChild(list);
      kept.set(input, []);
    });
  }
  d.addEventListener("change", function (e) {
    if (e.target.matches("input[data-drop]")) add(e.target, e.target.files);
  });
  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (name) {
    d.addEventListener(name, function (e) {
      var zone = zoneOf(e);
      if (!zone) return;
      e.preventDefault();
      zone.classList.toggle("over", name === "dragenter" || name === "dragover");
      if (name === "drop") add(zone.querySelector("input[data-drop]"), e.dataTransfer.files);
    });
  });
  d.addEventListener("htmx:xhr:progress", function (e) {
    var zone = e.target.querySelector && e.target.querySelector(".drop");
    if (!zone || !e.detail.lengthComputable || !zone.querySelector("li")) return;
    var bar = zone.querySelector("progress") || zone.appendChild(d.createElement("progress"));
    bar.setAttribute("aria-label", "上传进度");
    bar.max = e.detail.total;
    bar.value = e.detail.loaded;
  });
  d.addEventListener("click", function (e) { // the pages over the page go away
    var close = e.target.closest("[data-album-close]");
    var box = close ? close.closest(".lightbox") : e.target.matches(".lightbox") && e.target;
    if (!box) return;
    e.preventDefault();
    box.textContent = "";
  });
  d.addEventListener("htmx:afterSettle", ready);
  ready();
})();
