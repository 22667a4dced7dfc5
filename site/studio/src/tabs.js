/** Tabs: one view at a time, its name in the address behind the #. */

import { button, make } from "./dom.js";

/**
 * Make the tabs.
 *
 * @param {object[]} views each { id, title, element }.
 * @param {(view: object) => void} opened
 * @returns {{list: HTMLElement, panels: HTMLElement, open: (id: string) => void}}
 */
export function makeTabs(views, opened) {
  let now = null;
  const list = make("div", { role: "tablist", "aria-label": "What to do" });
  const panels = make("div", { class: "panels" });
  for (const { id, title, element } of views) {
    list.append(
      button(title, () => choose(id), {
        role: "tab",
        id: `tab-${id}`,
        "aria-controls": id,
      }),
    );
    element.id = id;
    element.setAttribute("role", "tabpanel");
    element.setAttribute("aria-labelledby", `tab-${id}`);
    panels.append(element);
  }

  const open = (wanted) => {
    const view = views.find(({ id }) => id === wanted) ?? views[0];
    if (view === now) return;
    now = view;
    for (const each of views) {
      const tab = list.querySelector(`#tab-${each.id}`);
      tab.setAttribute("aria-selected", String(each === view));
      tab.tabIndex = each === view ? 0 : -1;
      each.element.hidden = each !== view;
    }
    opened(view);
  };
  function choose(id) {
    open(id);
    history.pushState(null, "", `#${id}`); // location.hash would take the focus away
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...list.children];
    const to = tabs.at((tabs.indexOf(event.target) + step) % tabs.length);
    to.focus();
    to.click();
  });
  addEventListener("hashchange", () => open(location.hash.slice(1)));
  return { list, panels, open };
}
