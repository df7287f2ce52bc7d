// Questions to the server, answered in JSON.

/** A refusal in the server's words. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body?.detail || "");
    this.status = status;
    this.code = body?.code || "";
  }
}

export async function ask(url, { method = "GET", body, csrf, keepalive = false } = {}) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (csrf) headers["x-csrftoken"] = csrf;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body), keepalive, credentials: "same-origin" });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}
