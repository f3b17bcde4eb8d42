/** The desk over HTTP, as a moderator asks it. */

export const deskToken = 'dGhpcyBpcyBub3QgcmFuZG9t';

/** Posts a body, or gets without one. */
export async function askDesk(url: string, path: string, body?: object, authorization = `Bearer ${deskToken}`) {
  const answer = await fetch(`${url}/api/admin/${path}`, {
    headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  const json = (await answer.json()) as Record<string, unknown> & { type?: string };
  return { status: answer.status, code: json.type?.split('#')[1], json };
}
