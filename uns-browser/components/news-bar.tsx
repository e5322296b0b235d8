import { texts } from "../lib/texts.ts";

/** What came since a list was opened waits here: rows do not move under the pointer. */
export function NewsBar({ news, onShow }: { readonly news: number; readonly onShow: () => void }) {
  const { fresh } = texts;
  return (
    <output className="empty:hidden">
      {news === 0 ? null : (
        <span className="notice items-center bg-panel2">
          <span className="font-medium">{fresh.news(news)}</span>
          <button type="button" className="push-button" onClick={onShow}>
            {fresh.showNews(news)}
          </button>
        </span>
      )}
    </output>
  );
}
