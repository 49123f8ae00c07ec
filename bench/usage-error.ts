/** A command line that can't be carried out; its message is one sentence for who wrote it. */
export class UsageError extends Error {}
