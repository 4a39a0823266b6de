import type { Translation } from '@/lib/i18n'
import type { en } from './text.en'

export const zh: Translation<typeof en> = {
  close: '关闭',
  copy: '复制',
  copied: '已复制',
  cancel: '取消',
  retry: '重试',
  loading: '加载中…',
  somethingWrong: '操作未成功',
  unreachable: '无法连接到管理器。',
  unreachableHint: '请检查网络连接以及管理器是否在运行。本页面会自动重试。',
  hint: '如何处理',
  sortAscending: '升序排列',
  sortDescending: '降序排列',
  filter: '筛选…',
  clearFilter: '清除筛选',
  clearFilters: '清除筛选条件',
  shownOf: '{all}中的 {shown} 个',
  showPassword: '显示密码',
  hidePassword: '隐藏密码',
  notifications: '通知',
  moreActions: '更多操作',
  confirmTyping: '输入 {text} 以确认',
}
