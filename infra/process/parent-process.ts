/**
 * Calls the handler when the process that started this one with a channel is gone, however it ended: killed, or its
 * terminal closed. The watch alone keeps no process alive. The answer ends the watch.
 */
export function watchParent(handler: () => void): () => void {
  if (process.send === undefined) return () => {};
  if (!process.connected) {
    handler();
    return () => {};
  }
  process.on('disconnect', handler);
  process.channel?.unref();
  return () => process.off('disconnect', handler);
}
