// The words for waiting for the hub and for what came of a wish, the same on every page.
export const enAsked = {
  loading: 'Asking the hub',
  error: 'The hub did not answer.',
  again: 'Ask again',
  lookOnly: 'You may see this, not change it.',
  notSeen: 'Only people who manage the farm see this.',
  done: 'Saved.',
  notDone: (why: string) =>
    why === '' ? 'The hub did not answer. Nothing was changed; what you entered is still here.' : `Not done: ${why}`,
  save: 'Save',
  cancel: 'Cancel',
  remove: 'Remove',
}
