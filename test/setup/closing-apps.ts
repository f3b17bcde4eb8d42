/** Apps that are closed after each test of a file. */
import { afterEach } from 'vitest';
import { openTestApp, type TestApp } from './test-app.ts';

/** Returns `openTestApp`, with every app closed when its test ends. */
export function closingApps(): typeof openTestApp {
  const apps: TestApp[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  return async (...args) => {
    const app = await openTestApp(...args);
    apps.push(app);
    return app;
  };
}
