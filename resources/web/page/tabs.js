// Two tabs of the same salon: the newer drives, the older says so and can take over.

/** Watch for other tabs; `onPassive(yes)` tells whether another one drives. Returns `take()` and `close()`. */
export function makeTabs(name, onPassive) {
  if (!("BroadcastChannel" in globalThis)) return { take() {}, close() {} };
  const me = Math.random().toString(36).slice(2);
  const channel = new BroadcastChannel(name);
  let driver = me;
  let driverGone = false;

  function take() {
    driver = me;
    driverGone = false;
    channel.postMessage({ type: "drive", id: me });
    onPassive(false);
  }

  function heard({ data }) {
    if (data.type === "drive") {
      driver = data.id;
      driverGone = false;
      onPassive(true);
    } else if (data.type === "bye" && data.id === driver) {
      driverGone = true;
      takeIfSeen();
    }
  }

  // Of several tabs left behind only the one in front takes over, so they do not fight for it.
  function takeIfSeen() {
    if (driverGone && driver !== me && !document.hidden) take();
  }

  function leave() {
    channel.postMessage({ type: "bye", id: me });
  }

  channel.addEventListener("message", heard);
  document.addEventListener("visibilitychange", takeIfSeen);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => event.persisted && take());
  take();
  return { take, close: () => channel.close() };
}
