// The screen stays awake while a film plays: hands that work cannot touch it.

export function keepAwake(video) {
  if (!("wakeLock" in navigator)) return;
  let lock = null;
  let asking = null;

  const update = async () => {
    await asking;
    const isWanted = !video.paused && !video.ended && document.visibilityState === "visible";
    if (isWanted && (!lock || lock.released)) {
      asking = navigator.wakeLock.request("screen").then((got) => { lock = got; }, () => {}); // refused when the battery is low
      await asking;
      if (video.paused || video.ended) update();
    } else if (!isWanted && lock) {
      lock.release();
      lock = null;
    }
  };

  for (const name of ["play", "pause", "ended", "emptied"]) video.addEventListener(name, update);
  document.addEventListener("visibilitychange", update);
}
