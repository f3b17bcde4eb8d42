/** Signs in with the token, which stays in the memory of the page only, and shows the reviews. */
import { useId, useState } from 'preact/hooks';
import { createDeskClient, type DeskClient } from '../../contract/desk-client.ts';
import { ownPath } from '../own-address.ts';
import { ReviewList } from './review-list.tsx';

export function Desk() {
  const [client, setClient] = useState<DeskClient>();
  return (
    <main class="desk">
      <h1>Desk</h1>
      {client ? <ReviewList client={client} /> : <SignIn signedIn={setClient} />}
    </main>
  );
}

function SignIn({ signedIn }: { readonly signedIn: (client: DeskClient) => void }) {
  const id = useId();
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const client = createDeskClient(ownPath(), token.trim());
    try {
      await client.reviews('withheld');
      signedIn(client);
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <form onSubmit={submit}>
      <label for={id}>ADMIN_TOKEN</label>
      <input
        id={id}
        type="password"
        autocomplete="current-password"
        required
        value={token}
        onInput={({ currentTarget }) => setToken(currentTarget.value)}
      />
      <button type="submit" class="primary">
        Sign in
      </button>
      {failure && (
        <p class="notice" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === 'not-found' ? 'That is not the token of this exchange.' : message;
}
