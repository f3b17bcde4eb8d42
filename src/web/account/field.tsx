import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly write: (value: string) => void;
  readonly type?: 'text' | 'email' | 'password' | 'search';
  readonly autoComplete?: 'nickname' | 'email' | 'current-password' | 'new-password' | 'off';
  readonly maxLength?: number;
  readonly isNeeded?: boolean;
}

/** A text field with its label. */
export function Field({ label, value, write, type = 'text', autoComplete = 'off', maxLength, isNeeded }: FieldProps) {
  const id = useId();
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        {...({ type } as { type: 'text' })}
        value={value}
        autoComplete={autoComplete}
        required={isNeeded === true}
        {...(maxLength === undefined ? {} : { maxLength })}
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
    </p>
  );
}
