// Speaks to the sandbox's control API.

import { currentLanguage, t } from "./texts.js";

const ROOT = "/sandbox/api/";

/** What the sandbox refused, in words a person can read. */
export class Refusal extends Error {}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(ROOT + path, {
      method,
      headers: { "X-Sandbox": "1", "Accept-Language": currentLanguage(), ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
      signal: AbortSignal.timeout(20000),
    });
  } catch {
    throw new Refusal(t("unreachable"));
  }
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(result.error?.message ?? String(answer.status));
  return result;
}

export const about = () => call("GET", "about");
export const overview = (after) => call("GET", `overview?after=${after}`);
export const salonAction = (id, action, body = {}) => call("POST", `salons/${id}/${action}`, body);
export const addSalon = (body) => call("POST", "salons", body);
export const phone = (id, action, body = {}) => call("POST", `phone/${id}/${action}`, body);
export const putFault = (body) => call("POST", "faults", body);
export const clearFaults = (id) => call("DELETE", id === undefined ? "faults" : `faults/${id}`);
export const turn = (body) => call("PATCH", "switches", body);
export const shiftClock = (body) => call("POST", "clock", body);
export const reset = () => call("POST", "reset");
