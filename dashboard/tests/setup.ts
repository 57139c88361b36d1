import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);
if (typeof window !== "undefined") playBrowser();


function playBrowser(): void {
  // jsdom has no modal dialogs: an open one stands in the page, as in a browser.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  window.scrollTo = () => undefined;
}
