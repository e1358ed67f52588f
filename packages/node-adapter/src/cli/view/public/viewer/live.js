/** Reads again what a conversation that goes on has become. */

/**
 * Calls `refresh` after each change that the server tells of, one call at a time.
 * @param {() => Promise<void>} refresh
 */
export function watchChanges(refresh) {
  let isBusy = false;
  let isStale = false;
  new EventSource("changes").onmessage = async () => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      // Where the server has gone, the next notice comes with it.
      await refresh().catch(() => {});
    }
    isBusy = false;
  };
}

/** Whether the page goes along with what is new, or stays where its reader has gone. */
export class Follower {
  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLElement} status what would be read aloud at each change
   * @param {() => void} onFollow called when the reader wants to go along again
   */
  constructor(button, status, onFollow) {
    this.button = button;
    this.status = status;
    this.isOn = false;
    button.addEventListener("click", () => {
      this.set(!this.isOn);
      if (this.isOn) onFollow();
    });
  }

  /** Shows the button, and goes along. */
  begin() {
    this.button.hidden = false;
    this.set(true);
  }

  set(isOn) {
    this.isOn = isOn;
    this.button.setAttribute("aria-pressed", `${isOn}`);
    this.status.setAttribute("aria-live", isOn ? "off" : "polite");
  }
}
