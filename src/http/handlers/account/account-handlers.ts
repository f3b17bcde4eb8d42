/** The handlers of accounts by endpoint. Loaded only where accounts are on. */
import type { accountEndpoints } from '../../../contract/api/account-endpoints.ts';
import type { historyEndpoints } from '../../../contract/api/history-endpoints.ts';
import {
  deleteAccount,
  deleteOtherSessions,
  deletePasskey,
  deleteSession,
  getAccount,
  getExport,
  getSessions,
  postAccount,
  postPassword,
} from './account.ts';
import { deleteHistory, deleteHistoryEntry, getHistory, getHistoryTable, postHistory } from './history.ts';
import {
  type AccountHandler,
  getOpenidReturn,
  postLink,
  postPasskey,
  postPasskeyOptions,
  postSignInLink,
  postSignInOpenid,
  postSignInPasskey,
  postSignInPassword,
  postSignOut,
} from './sign-in.ts';

/** The endpoints of accounts by name. */
export type AccountEndpoint = (typeof accountEndpoints | typeof historyEndpoints)[number]['name'];

export const accountHandlers: Readonly<Record<AccountEndpoint, AccountHandler>> = {
  account: getAccount,
  renameAccount: postAccount,
  deleteAccount,
  exportAccount: getExport,
  passkeyOptions: postPasskeyOptions,
  addPasskey: postPasskey,
  removePasskey: deletePasskey,
  signInByPasskey: postSignInPasskey,
  sendLink: postLink,
  signInByLink: postSignInLink,
  signInByPassword: postSignInPassword,
  setPassword: postPassword,
  signInByOpenid: postSignInOpenid,
  openidReturn: getOpenidReturn,
  signOut: postSignOut,
  sessions: getSessions,
  endOtherSessions: deleteOtherSessions,
  endSession: deleteSession,
  accountHistory: getHistory,
  takeOver: postHistory,
  eraseHistory: deleteHistory,
  eraseEntry: deleteHistoryEntry,
  accountHistoryTable: getHistoryTable,
};
