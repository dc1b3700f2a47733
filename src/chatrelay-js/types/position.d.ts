export type At = {
    e: string;
    s: number;
};
/** @typedef {{ e: string, s: number }} At */
export declare class Position {
    e: string;
    /** @type {number | null} the last number that is here; null takes whatever comes first */
    s: number | null;
    /** The highest number that came too early to be taken. */
    ahead: number;
    /** @param {string} e @param {number | null} s */
    constructor(e: string, s: number | null);
    /** @returns {At | undefined} */
    get at(): At | undefined;
    /** Something came that lies beyond: there is more than what is here. */
    get lacks(): boolean;
    /**
     * `next` moves the position; `known` was here already; `behind`: numbers are missing before it, ask for them; `foreign`: another epoch.
     * @param {{ e: string, s?: number, from?: any, to?: number, ev: string }} frame numbered
     */
    take({ ev, e, s, from, to }: {
        e: string;
        s?: number;
        from?: any;
        to?: number;
        ev: string;
    }): "behind" | "foreign" | "known" | "next";
}
