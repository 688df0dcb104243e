/// \file PlainColumns.hxx
/// \brief Columns with one number per entry, read from a file by ranges of entries and not event by event.
#ifndef GRADCUT_RDF_PLAINCOLUMNS_HXX
#define GRADCUT_RDF_PLAINCOLUMNS_HXX

#include <gradcut/rdf/ColumnTypes.hxx>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {

/// \brief Some columns of one TTree or RNTuple.
///
/// An event loop asks every column for every event; where nothing is defined or filtered by ROOT that is most of the
/// time, and baskets or pages can be copied as they are. The numbers are those that RDataFrame gives.
class PlainColumns {
public:
   virtual ~PlainColumns() = default;

   /// \brief Open a file.
   /// \return nullptr when it has no such tree, or a column is not plain: one number per entry in a branch of its own
   /// (or in a field), stored as what it is, and not in a friend
   static std::unique_ptr<PlainColumns> Open(const std::string &file, const std::string &tree,
                                             const std::vector<std::string> &columns);

   unsigned long long NEntries() const { return fNEntries; }
   /// Types of the columns.
   const std::vector<EElement> &Elements() const { return fElements; }
   /// \brief Copy a range of entries.
   /// \param[in] to per column, room for `last - first` numbers
   /// \throws std::out_of_range for entries that there are not, std::runtime_error when the file cannot be read
   void Read(unsigned long long first, unsigned long long last, const std::vector<void *> &to);

protected:
   virtual void Copy(unsigned long long first, unsigned long long last, const std::vector<void *> &to) = 0;

   unsigned long long fNEntries = 0;
   std::vector<EElement> fElements;
};

/// \brief First entries of the clusters of a TTree or RNTuple: what tasks of an event loop with several threads are
/// made of. \throws std::invalid_argument when there is no such tree
std::vector<unsigned long long> ClusterStarts(const std::string &file, const std::string &tree);

} // namespace GradCut

#endif
