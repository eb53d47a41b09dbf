/** A Lua reply whose first element names the outcome. Callers turn it into a union immediately. */
export type Reply = [string, ...(string | number)[]]
