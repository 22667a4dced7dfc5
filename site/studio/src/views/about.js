/** About: what leaves the machine (nothing), terms, and whose code is in the page. */

import { make } from "../dom.js";
import licences from "licences";

export function makeAbout() {
  const element = make(
    "section",
    {},
    make("h2", {}, "About"),
    make(
      "p",
      {},
      "This page belongs to a course about GANs, gan-lessons, in whose notebooks you " +
        "build and train such networks yourself.",
    ),
    make("h3", {}, "What leaves your machine"),
    make(
      "p",
      {},
      "Nothing. The networks come with the page and run in your browser. Once they " +
        "are loaded, the page tells the browser to refuse every further request, its " +
        "own included, so that you need not take our word for it. It keeps nothing " +
        "either: no cookies, no storage.",
    ),
    make("h3", {}, "What you may do with the faces"),
    make(
      "p",
      {},
      "The networks learned from UTKFace, whose photos are for non-commercial " +
        "research. The same holds for these networks and what they paint: research " +
        "and teaching, nothing commercial. Hardly any of the people in those photos " +
        "were asked.",
    ),
    make(
      "p",
      {},
      "The faces are of nobody. Please do not pass them off as people, and decide " +
        "nothing about anybody with what a network says here: it is a guess about a " +
        "picture, and it is wrong more often for some groups than for others. The " +
        "course's model card has the figures.",
    ),
    make("h3", {}, "Licences"),
    make(
      "p",
      {},
      "The code of this page is under the MIT licence. It is bundled with these " +
        "packages:",
    ),
    ...licences.map(({ name, version, licence, text }) =>
      make(
        "details",
        {},
        make("summary", {}, `${name} ${version}: ${licence}`),
        make("pre", {}, text),
      ),
    ),
  );
  return { id: "about", title: "About", element, wall: false };
}
