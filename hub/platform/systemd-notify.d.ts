// The npm package systemd-notify has no types of its own.
declare module 'systemd-notify' {
  /** Runs the system's systemd-notify; rejects when it is missing or fails. */
  export default function notify(options: { ready?: boolean; status?: string; pid?: number }): Promise<unknown>
}
