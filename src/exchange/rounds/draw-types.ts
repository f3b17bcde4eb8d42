/** Whether a seat may give to another one. */
export type Allowed = (giver: number, receiver: number) => boolean;

/** A random integer from 0 to n − 1, each equally likely. */
export type Below = (n: number) => number;
